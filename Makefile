# Each target does its own set-up: packages, configuration, build. `make help` lists them.
.PHONY: help demo test test-long sanitize fuzz python bench benchmarks benchmarks-guidance instructions instructions-update tidy format docs clean

help:
	@echo "make demo       draw 64 pictures with the shipped model; builds no tests"
	@echo "make test       build everything, warnings as errors, and run the tests"
	@echo "make test-long  the statistical tests that take minutes"
	@echo "make sanitize   the tests under the address and undefined-behaviour sanitizers"
	@echo "make fuzz       the parsers' fuzzers, FUZZ_SECONDS (30) each"
	@echo "make python     the Python module and its tests"
	@echo "make bench      the benchmarks; figures also in build/bench.json"
	@echo "make benchmarks docs/benchmarks from real runs, about an hour and a half"
	@echo "make benchmarks-guidance docs/benchmarks/guidance.md from real runs, about an hour"
	@echo "make instructions         count the loop's instructions; fails when one part grew by more than 3 %"
	@echo "make instructions-update  make the present counts the baseline"
	@echo "make tidy       clang-tidy over the sources"
	@echo "make format     clang-format over the sources"
	@echo "make docs       write the table of methods and the reproductions anew"
	@echo "make clean      remove build/"

demo:
	@bash scripts/demo.sh

test:
	@bash scripts/test.sh release

test-long:
	@bash scripts/test_long.sh

sanitize:
	@bash scripts/test.sh sanitize

fuzz:
	@bash scripts/fuzz.sh

python:
	@bash scripts/python.sh

bench:
	@bash scripts/bench.sh

benchmarks:
	@bash scripts/benchmarks.sh

benchmarks-guidance:
	@bash scripts/benchmarks_guidance.sh

instructions:
	@bash scripts/instructions.sh check

instructions-update:
	@bash scripts/instructions.sh update

tidy:
	@bash scripts/tidy.sh

format:
	@bash scripts/setup.sh format
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

docs:
	@bash scripts/docs.sh

clean:
	@rm -rf build
