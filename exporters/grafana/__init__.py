"""Dashboards and rules for an existing Grafana and Prometheus, written as code; `files/` is what is shipped.

Only `exporters.grafana.generate` needs grafana-foundation-sdk, which is installed for the tests: `make dashboards`.
"""
