# Two commands are enough: `make run` and `make test`. The others are for people who work on it.
VENV ?= .venv
PORT ?= 5000
PYTHON ?= python3
PY := $(VENV)/bin/python
FLASK := $(PY) -m flask --app app
# Thousands of small databases: in memory they take half the time, where the machine has the room.
IN_MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df -Pm /dev/shm | awk 'NR==2 {print $$4}')" -gt 3000 ] && echo TMPDIR=/dev/shm)

.PHONY: help run test lint bench chaos messages calendar pictures lock clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.ok var/secrets.env ## From bare to running, with demo data and simulated phones
	@set -a; . ./var/secrets.env; set +a; \
	DEMO=1 PUBLIC_URL=http://127.0.0.1:$(PORT) TWILIO_API_URL=http://127.0.0.1:$$(( $(PORT) + 1 )) \
	exec $(FLASK) up --port $(PORT)

test: $(VENV)/.ok-test ## All tests, on SQLite and PostgreSQL, and in a browser
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(IN_MEMORY) $(PY) tests/with_postgresql.py -- $(PY) -m pytest -n auto $(TESTS)

lint: $(VENV)/.ok-test ## Style and imports only
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

bench: $(VENV)/.ok-test ## Every budget of the design beside its figure; build/bench.json
	$(PY) tests/with_postgresql.py -- $(FLASK) bench

chaos: $(VENV)/.ok-test ## Kill, stand still, suspend, turn back, restore, and count, on SQLite and PostgreSQL; build/chaos.json
	$(PY) tests/with_postgresql.py -- $(FLASK) chaos

messages: $(VENV)/.ok ## Collect the sentences of pages and code into the catalogues
	$(VENV)/bin/pybabel -q extract -F translations/babel.cfg -k _l -k lazy --no-location --sort-output \
	  --no-wrap --project=companion --version=1 -o translations/messages.pot companion templates
	$(VENV)/bin/pybabel -q update -l id -i translations/messages.pot -d translations --no-wrap --no-fuzzy-matching \
	  --ignore-obsolete

calendar: $(VENV)/.ok-test ## Public holidays of later years, out of a kept library
	$(PY) -m tests.content.later_holidays

pictures: $(VENV)/.ok-test ## A picture of every page into docs/pictures
	$(PY) -m tests.browser.pictures

lock: ## Pin and hash what requirements*.in ask for (needs uv)
	uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements-test.in -o requirements-test.txt

clean: ## Remove what was built; var/ with its keys and data stays
	rm -rf build $(VENV)

var/secrets.env: | $(VENV)/.ok
	@mkdir -p var && umask 077 && { \
	  $(FLASK) make-keys && \
	  echo TWILIO_ACCOUNT_SID=AC$$($(PY) -c 'import secrets; print(secrets.token_hex(16))') && \
	  echo TWILIO_AUTH_TOKEN=$$($(PY) -c 'import secrets; print(secrets.token_hex(16))'); \
	} > var/secrets.env.new && mv var/secrets.env.new var/secrets.env

$(VENV)/.ok: requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "This needs Python 3.11 or newer with venv (Debian/Ubuntu: apt-get install python3 python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@touch $@

$(VENV)/.ok-test: requirements-test.txt $(VENV)/.ok
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-test.txt
	@touch $@
