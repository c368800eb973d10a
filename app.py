"""`flask --app app ...` and any WSGI server find the application here."""

from companion import create_app

app = create_app()
