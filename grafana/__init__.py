"""Dashboards and alert rules as code, and what is generated from it for Grafana and Prometheus."""
