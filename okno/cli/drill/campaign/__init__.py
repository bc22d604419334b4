"""The fault campaign over payments: thousands of payers, every payment system, and everything that can go wrong."""
