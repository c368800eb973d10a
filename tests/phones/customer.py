"""A customer of the carrier who writes requests by hand."""

import base64

from werkzeug.test import Client

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "token"
API = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"


class Customer(Client):
    """Sends, asks, changes and deletes; every answer comes back as it is."""

    def __init__(self, app, token=TOKEN):
        super().__init__(app)
        self.authorization = "Basic " + base64.b64encode(f"{ACCOUNT}:{token}".encode()).decode()
        self._headers = {"Authorization": self.authorization}

    def send(self, to="+6281234567890", body="Halo", **fields):
        fields = {"To": to, "From": "Sahabat", "Body": body} | fields
        form = {name: value for name, value in fields.items() if value is not None}
        return self.post(f"{API}.json", data=form, headers=self._headers)

    def ask(self, path="", **query):
        return self.get(f"{API}{path}.json", query_string=query, headers=self._headers)

    def follow(self, uri):
        return self.get(uri, headers=self._headers)

    def change(self, sid, **form):
        return self.post(f"{API}/{sid}.json", data=form, headers=self._headers)

    def remove(self, sid):
        return self.delete(f"{API}/{sid}.json", headers=self._headers)
