# Everything a person does here. `make run` on a fresh machine sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.set-up
ARCHIVE := .venv/.archive
PICTURE := out/sample.png

.DEFAULT_GOAL := help
.PHONY: help run test soak bench lint format lock words wheel package setup clean distclean

help:
	@echo "make run     the app on the sample; without a display, a picture of it"
	@echo "make test    the tests            make soak    the long ones"
	@echo "make lint    style and types      make format  put the style right"
	@echo "make bench   the measurements     make lock    newest versions of all packages"
	@echo "make words   sentences to translate, into assets/translations/twin.pot"
	@echo "make wheel   a wheel in dist/     make clean   remove outputs (distclean: .venv too)"
	@echo "make package the installers for Linux (packaging/README.md: the others)"

setup: $(READY)

$(READY): pyproject.toml requirements.lock packaging/setup.py packaging/pythons.py packaging/uv_tool.py packaging/system_libraries.py
	@$(PYTHON) packaging/setup.py

$(ARCHIVE): $(READY)
	@$(PYTHON) packaging/setup.py archive

run: $(READY)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(BIN)/twin; \
	else \
		echo "There is no display here: drawing the sample into a picture instead of opening a window."; \
		mkdir -p out && $(BIN)/twin render sample --at 2026-11-10T08:15 -o $(PICTURE) >/dev/null && echo "The picture is at $(CURDIR)/$(PICTURE)"; \
	fi

test: $(READY) $(ARCHIVE)
	$(BIN)/python -m pytest

soak: $(READY) $(ARCHIVE)
	$(BIN)/python -m pytest -m soak -o timeout=3600 || [ $$? -eq 5 ]  # 5: there is no such test

bench: $(READY) .venv-bench/.set-up
	$(BIN)/python tests/bench/run.py

.venv-bench/.set-up: pyproject.toml | $(READY)
	@$(PYTHON) packaging/setup.py bench

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock:
	@$(PYTHON) packaging/setup.py lock

words: $(READY)
	$(BIN)/python packaging/words.py

wheel: $(READY)
	@$(PYTHON) packaging/setup.py wheel

package: $(READY)
	@$(PYTHON) packaging/setup.py package
	$(BIN)/python packaging/linux/build.py

clean:
	rm -rf out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv .venv-bench .stamps
