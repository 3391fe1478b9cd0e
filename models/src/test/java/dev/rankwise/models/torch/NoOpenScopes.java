package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After each test as many scopes are open as before it: nothing of libtorch's has leaked. */
public final class NoOpenScopes implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace SPACE =
      ExtensionContext.Namespace.create(NoOpenScopes.class);
  private static final String BEFORE = "before";

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(SPACE).put(BEFORE, TensorScope.open());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(context.getStore(SPACE).get(BEFORE));
  }
}
