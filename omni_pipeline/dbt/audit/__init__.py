"""What reads whole tables and so runs at night only, after they are published."""
