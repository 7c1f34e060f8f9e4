"""`python -m omni_pipeline.cli`: the same as `omni`."""

from omni_pipeline.cli import main

if __name__ == "__main__":
    main()
