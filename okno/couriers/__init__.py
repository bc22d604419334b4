"""Ways between rooms: AMQP and the in-memory courier behind one port."""
