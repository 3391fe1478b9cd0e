package dev.rankwise.pipeline.checkpoint;

/** A way to write into a run folder. */
enum Writing {
  DIRECTORY {
    @Override
    void into(RunFolder folder) {
      folder.commitDirectory("adapter", staging -> {});
    }
  },
  FILE {
    @Override
    void into(RunFolder folder) {
      folder.commitFile("result.json", new byte[1]);
    }
  },
  APPENDING {
    @Override
    void into(RunFolder folder) {
      folder.append("tensorboard", "events", new byte[1]);
    }
  };

  abstract void into(RunFolder folder);
}
