"""Settings, URLs and the wiring of ports to adapters."""

VERSION = "0.1.0"
