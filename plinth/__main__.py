"""``python -m plinth``."""

from plinth.cli import main

if __name__ == "__main__":
    main()
