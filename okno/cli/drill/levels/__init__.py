"""What customers get while everything fails: people who sign in, look at their figures and keep the page open."""
