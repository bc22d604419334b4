"""Acts: HTTP intake, AMQP, files, alarms."""
