"""What the product is called on paper."""

PRODUCT = "Synthetic Data Studio"
