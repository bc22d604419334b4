"""What every background process is made of: a kept thread, a bell that LISTENs, a dispatcher with bounded slots.

Plain psycopg, no ORM: each process has its own database role and must start without Django.
"""
