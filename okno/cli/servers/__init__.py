"""Foreign servers that the demo and the tests start for themselves: PostgreSQL, RabbitMQ, nginx."""
