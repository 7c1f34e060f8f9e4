"""`python -m omni_pipeline.command.cli`: the same as `omni`."""

from omni_pipeline.command.cli import main

if __name__ == "__main__":
    main()
