namespace ActorRuntime.Actor;

/// <summary>Recognises paths that name no system.</summary>
public static class RelativeActorPath
{
    /// <summary>The elements of a relative path, or null when <paramref name="addr"/> has a scheme or cannot be a path.</summary>
    public static IEnumerable<string>? Unapply(string addr)
    {
        if (addr is null || addr.Contains("://", StringComparison.Ordinal)) return null;
        return Uri.TryCreate(addr, UriKind.Relative, out _) ? addr.Split('/') : null;
    }
}
