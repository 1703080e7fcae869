"""Rule files turned into values and functions: no clock, no Kafka, no decision about a customer."""
