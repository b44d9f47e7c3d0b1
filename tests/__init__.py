"""The test suites. `tests.servers` and `tests.wire` are shared by all of them; see
`tests/conformance/README.md`.
"""
