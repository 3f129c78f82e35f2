JAPANESE: dict[str, str] = {}
