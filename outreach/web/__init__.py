"""The web process: signals in, provider callbacks, API description, pages. Thin."""
