namespace ActorRuntime.Persistence.Journal;

/// <summary>Under whose authority events are written: a scope takes them from the holder of its newest term alone.</summary>
/// <param name="Scope">What the term is about, for example <c>receiver/7</c> (type and shard). Empty: not fenced.</param>
/// <param name="Term">The control-log version that granted the scope to this writer.</param>
public readonly record struct WriterFence(string Scope, long Term)
{
    /// <summary>For actors outside of shards: nobody but the user keeps a second writer away.</summary>
    public static WriterFence None { get; } = new("", 0);

    /// <summary>True when no term protects the writes.</summary>
    public bool IsNone => string.IsNullOrEmpty(Scope);

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "unfenced" : $"{Scope} term {Term}";
}
