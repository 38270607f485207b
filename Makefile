# Each command sets up what it needs by itself. Start with `make demo`.
PYTHON ?= python3
PORT ?= 8000
# cpu: the small build. cuda: the plain build, for a machine with a GPU.
TORCH_BUILD ?= cpu
TORCH := torch==2.13.0
# Tests run in as many processes; one may hold a gigabyte of memory.
PROCESSES ?= 2
# Seeds whose medians the benchmark shows, and what SDV's networks are trained for.
SEEDS ?= 0,1,2,3,4
EPOCHS ?= 300
MOSTLYAI := mostlyai-engine==2.7.3
ANONYMETER := anonymeter==1.1.0
TRESTLE := compliance-trestle==5.2.0
FORMAT_READERS := mlcroissant==1.1.1 csvw==4.1.1 huggingface_hub==2.4.0 pyarrow==26.0.1 cyclonedx-python-lib[json-validation]==11.12.0 securesystemslib[crypto]==1.6.0

BIN := .venv/bin
# Compiled once, not anew by each process, whatever the shell around it prefers.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q
PARALLEL := -n $(PROCESSES) --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check
export PORT

.PHONY: help setup demo serve test coverage test-slow explore bench bench-histories bench-peers bench-anonymeter check-oscal check-formats check-pack check format clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: .venv/ready ## Make .venv with everything in it

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(MAKE) --no-print-directory torch
	@echo "Installing the studio and what it needs …"
	@$(PIP) install -q -c constraints.txt -e ".[web,worker,serve,dev]"
	@touch $@

.PHONY: torch
torch: # first, so that nothing else brings a larger build along
	@echo "Installing $(TORCH) ($(TORCH_BUILD)) …"
ifeq ($(TORCH_BUILD),cpu)
	@$(PIP) install -q "$(TORCH)+cpu" 2>/dev/null \
		|| { test -n "$(TORCH_INDEX_URL)" \
			&& $(PIP) install -q "$(TORCH)" --index-url "$(TORCH_INDEX_URL)"; } \
		|| { echo "No CPU build found (set TORCH_INDEX_URL to an index that has one)."; \
			echo "Taking the plain build: several gigabytes with its GPU libraries on Linux."; \
			$(PIP) install -q "$(TORCH)"; }
else
	@echo "The plain build: several gigabytes with its GPU libraries on Linux."
	@$(PIP) install -q "$(TORCH)"
endif

demo: setup ## The whole main job on four tables that come with the product
	@$(BIN)/python manage.py demo

serve: setup ## Web page and worker together, one Ctrl-C for both
	@$(BIN)/python manage.py first_start
	@echo "Open http://localhost:$(PORT)"
	@$(BIN)/honcho start --no-prefix

test: setup ## The tests, on SQLite and on a real PostgreSQL and S3
	@$(PYTEST) $(PARALLEL) -m "not slow"
	@$(PYTEST) $(PARALLEL) tests/contracts -m "django_db and not slow" --postgres

coverage: setup ## How much of the domain its own tests reach; watching takes them half as long again
	@$(PYTEST) $(PARALLEL) tests/domain tests/usecases -m "not slow" --cov --cov-report=
	@printf 'Coverage of the domain, use cases included, in percent: '
	@$(BIN)/coverage report --fail-under=85 --format=total

test-slow: setup ## The long ones: browser walks, killed workers, SDV's networks
	@$(PYTEST) $(PARALLEL) -m slow

explore: setup ## Property tests on new random examples
	@$(PYTEST) -m "not slow" --hypothesis-profile=explore \
		$$(grep -rl '^from hypothesis' tests)

bench: setup ## Side by side with its peers: TRAIN=FILE HOLDOUT=FILE TARGET=COLUMN, or of a log ENTITY=COLUMN TIME=COLUMN
	@test -n "$(TRAIN)" && test -n "$(HOLDOUT)" || { \
		echo "Name two files of real rows: make bench TRAIN=train.csv HOLDOUT=other.csv TARGET=column"; exit 2; }
ifdef TIME
	@$(BIN)/python -m benchmarks.sequence_peers "$(TRAIN)" "$(HOLDOUT)" --entity "$(ENTITY)" --time "$(TIME)"
else
	@$(BIN)/python -m benchmarks.peers "$(TRAIN)" "$(HOLDOUT)" $(if $(TARGET),--target "$(TARGET)") \
		--seeds "$(SEEDS)" --epochs "$(EPOCHS)" $(if $(PEERS),--peers "$(PEERS)") $(if $(ROWS),--rows "$(ROWS)")
endif

bench-histories: setup ## The peers of logs on a simulated log of 500 accounts
	@$(BIN)/python -m benchmarks.sequence_peers

bench-peers: .venv-peers/ready ## An environment of its own for the MOSTLY AI engine, 3 GB

.venv-peers/ready:
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@$(MAKE) --no-print-directory torch BIN=.venv-peers/bin
	@echo "Installing $(MOSTLYAI) and what it needs …"
	@.venv-peers/bin/python -m pip install -q --disable-pip-version-check "$(TORCH)" "$(MOSTLYAI)"
ifeq ($(TORCH_BUILD),cpu)
	@# Both carry GPU code that does not load beside a CPU build; only language models use them.
	@.venv-peers/bin/python -m pip uninstall -q -y torchvision torchaudio
endif
	@touch $@

bench-anonymeter: setup .venv-anonymeter/ready ## Our attacks beside anonymeter's: TRAIN=FILE HOLDOUT=FILE
	@test -z "$(TRAIN)" || $(BIN)/python -m benchmarks.anonymeter_agreement "$(TRAIN)" "$(HOLDOUT)"

.venv-anonymeter/ready:
	@test -x .venv-anonymeter/bin/python || $(PYTHON) -m venv .venv-anonymeter
	@echo "Installing $(ANONYMETER) and what it needs …"
	@.venv-anonymeter/bin/python -m pip install -q --disable-pip-version-check "$(ANONYMETER)"
	@touch $@

check-oscal: setup .venv-trestle/ready ## Whether compliance-trestle takes our OSCAL, in an environment of its own
	@$(PYTEST) tests/domain/compliance/controls/test_oscal.py

.venv-trestle/ready:
	@test -x .venv-trestle/bin/python || $(PYTHON) -m venv .venv-trestle
	@echo "Installing $(TRESTLE) and what it needs …"
	@.venv-trestle/bin/python -m pip install -q --disable-pip-version-check "$(TRESTLE)"
	@touch $@

check-formats: setup .venv-formats/ready ## Whether others read our data formats: Croissant, CSV on the Web, Hugging Face, SDV
	@$(PYTEST) tests/domain/compliance/interchange

.venv-formats/ready:
	@test -x .venv-formats/bin/python || $(PYTHON) -m venv .venv-formats
	@echo "Installing $(FORMAT_READERS) and what they need …"
	@.venv-formats/bin/python -m pip install -q --disable-pip-version-check $(foreach reader,$(FORMAT_READERS),'$(reader)')
	@touch $@

check-pack: setup .venv-trestle/ready .venv-formats/ready ## Whether verifiers and others' readers take a pack, and name what was done to it: PACK=FILE
	@test -n "$(PACK)" || { echo "Name a pack: make check-pack PACK=pack.zip"; exit 2; }
	@$(PYTEST) tests/packs --pack "$(PACK)"

check: setup ## Style, types, architecture, deployment settings, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy domain adapters apps config
	@$(BIN)/lint-imports
	@STUDIO_DATA_DIR=$$(mktemp -d) STUDIO_HTTPS=true $(BIN)/python manage.py check --deploy --fail-level WARNING
	@STUDIO_DATA_DIR=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

format: setup ## Let ruff tidy up
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove .venv and caches; var/ (data and keys) stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache htmlcov .coverage
