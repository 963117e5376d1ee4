namespace ActorRuntime.Node.Demo;

/// <summary>The demonstration cannot go on; the message says what happened and where to look.</summary>
internal sealed class DemoFailedException(string message, Exception? cause = null) : Exception(message, cause);
