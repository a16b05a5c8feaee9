"""The bar of time below the view: transport, ruler, a strip a layer; without a recorded day, the time of day."""
