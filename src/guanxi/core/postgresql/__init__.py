"""Django's backend for PostgreSQL, with one question less."""
