namespace ActorRuntime;

/// <summary>The result of a task that has no result.</summary>
public sealed class Done
{
    /// <summary>The only instance.</summary>
    public static readonly Done Instance = new();

    private Done()
    {
    }
}
