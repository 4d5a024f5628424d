"""A month as it is counted, frozen and signed: allocation, use, availability, price, advice (C-7, C-9, C-19, C-26)."""
