"""What `omni` does on one machine: folders and servers, runs, the demo, the UI, the doctor.

`cli/` holds its verbs: options, what is said, exit codes. What docker/ runs imports none of this.
"""
