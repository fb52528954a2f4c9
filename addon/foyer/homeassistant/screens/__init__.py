"""Home Assistant's media players as screens: what there is, playing on them, following them, moving between them."""
