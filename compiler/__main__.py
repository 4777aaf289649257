"""`python -m compiler` is `freshet`."""

from compiler.cli import main

raise SystemExit(main())
