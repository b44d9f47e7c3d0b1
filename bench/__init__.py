"""The benchmark: AutoCache and a real redis-server side by side, as ratios ours / theirs.

`python -m bench` measures, `python -m bench report` renders the last measurement into the docs.

The way of a run: `cli` picks the loads from `loads` -> `run` measures each load on the two servers in turn,
in alternating order -> `model` keeps every raw sample as JSON -> `stats` turns samples into ratios ->
`table`, `report` and `chart` show them. Nothing here imports `autocache`: the server is a process with a
port, like redis-server.
"""
