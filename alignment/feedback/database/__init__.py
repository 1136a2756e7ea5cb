"""Where the ratings live: tables, migrations, the engine, and the queries that stores and desks share."""
