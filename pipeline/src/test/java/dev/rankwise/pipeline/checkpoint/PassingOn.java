package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;
import java.util.List;

/** A storage that asks a test before it changes something, and passes everything on. */
class PassingOn implements Storage {
  private final Storage storage;
  private final Question question;

  /** Throws what an operation is to fail with. */
  @FunctionalInterface
  interface Question {
    void ask() throws IOException;
  }

  PassingOn(Storage storage, Question question) {
    this.storage = storage;
    this.question = question;
  }

  @Override
  public String shown() {
    return storage.shown();
  }

  @Override
  public List<String> list(String folder) throws IOException {
    return storage.list(folder);
  }

  @Override
  public boolean isFolder(String name) throws IOException {
    return storage.isFolder(name);
  }

  @Override
  public void create(String file, byte[] content) throws IOException {
    question.ask();
    storage.create(file, content);
  }

  /** Asks as {@link #create} does. */
  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    create(file, content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    question.ask();
    storage.replace(file, content);
  }

  @Override
  public void sync(String name) throws IOException {
    question.ask();
    storage.sync(name);
  }

  @Override
  public byte[] read(String file, long most) throws IOException {
    return storage.read(file, most);
  }

  @Override
  public void rename(String folder, String to) throws IOException {
    question.ask();
    storage.rename(folder, to);
  }

  @Override
  public void delete(String name) throws IOException {
    question.ask();
    storage.delete(name);
  }
}
