"""What every connector gets for free: outbox, inbox, versions, signing, deadlines, ceiling, watermark, heartbeat."""
