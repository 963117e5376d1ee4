namespace ActorRuntime.Cluster.Signal;

/// <summary>Whether anybody listens at a peer's port.</summary>
internal static class ConnectAttempt
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    public static async Task<ConnectOutcome> OnceAsync(RuntimeEnvironment environment, string host, int port)
    {
        using var timeout = new CancellationTokenSource(Timeout, environment.Time);
        try
        {
            var connection = await environment.Streams.ConnectAsync(host, port, timeout.Token).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            return ConnectOutcome.Accepted;
        }
        catch (ConnectRefusedException)
        {
            return ConnectOutcome.Refused;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return ConnectOutcome.Unreachable;
        }
    }
}
