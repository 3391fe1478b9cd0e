package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder of a storage as a storage of its own, which is called as that is.
 *
 * @param storage what it lies in, which it does not close
 * @param folder its name there
 */
record StoredFolder(Storage storage, String folder) implements Storage {

  @Override
  public String shown() {
    return storage.shown();
  }

  @Override
  public List<String> list(String name) throws IOException {
    return storage.list(within(name));
  }

  @Override
  public boolean isFolder(String name) throws IOException {
    return storage.isFolder(within(name));
  }

  @Override
  public void create(String file, byte[] content) throws IOException {
    storage.create(within(file), content);
  }

  @Override
  public void create(String file, Path content) throws IOException {
    storage.create(within(file), content);
  }

  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    storage.createWhole(within(file), content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    storage.replace(within(file), content);
  }

  @Override
  public void sync(String name) throws IOException {
    storage.sync(within(name));
  }

  @Override
  public byte[] read(String file, long most) throws IOException {
    return storage.read(within(file), most);
  }

  @Override
  public void rename(String name, String to) throws IOException {
    storage.rename(within(name), within(to));
  }

  @Override
  public void delete(String name) throws IOException {
    storage.delete(within(name));
  }

  private String within(String name) {
    return name.isEmpty() ? folder : folder + "/" + name;
  }
}
