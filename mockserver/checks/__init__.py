"""The judge: knows servers and receivers by URL alone, and what is right by the contract; never the mock behind it."""
