"""What happens without being asked. The engine owns its transactions; services never commit."""
