"""The shell around the engine: Faust, Kafka, RocksDB and the command line. It decides nothing."""
