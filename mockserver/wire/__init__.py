"""JSON (camelCase) ⇄ models: the only folder with wire names, one file per resource."""
