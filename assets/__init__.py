"""What ships beside the code: the sample district, translations, pictures. No code in here."""
