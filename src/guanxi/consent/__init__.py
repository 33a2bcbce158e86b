"""What we may: permissions with their strength, the gate that answers, the contact book, holds and matters."""
