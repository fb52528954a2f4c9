"""Tortoise models, one noun group a module; the schema itself is what the migrations make.

Relations are plain id columns: reads go through ``foyer.db.reader`` with SQL that says what it costs, and nothing loads
a relation by accident.
"""
