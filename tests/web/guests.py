"""What tests of the check-in page share: a page as it was read, and what stands in the database."""

import html5lib
from sqlalchemy import select

from companion.db import Base


def tree(response):
    """The page, parsed strictly: anything that is not valid HTML fails the test."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(response.get_data(as_text=True))


def text(response) -> str:
    return " ".join("".join(tree(response).find("body").itertext()).split())


def fields(response) -> set[str]:
    found = {element.get("name") for element in tree(response).findall(".//main//form//*[@name]")}
    return found


def forms(response) -> list:
    return tree(response).findall(".//main//form")


def rows(database, kind, *where):
    with database.read() as session:
        return list(session.scalars(select(kind).where(*where).order_by(kind.id)))


def everything(database) -> dict:
    """Every row of every table, to see that nothing changed."""
    with database.read() as session:
        return {
            name: session.execute(table.select().order_by(*table.primary_key.columns)).all()
            for name, table in Base.metadata.tables.items()
        }
