"""One chart grammar for page and paper: plain values in, Vega-Lite out."""
