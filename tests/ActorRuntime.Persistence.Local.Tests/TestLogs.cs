using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests;

/// <summary>Stores with small segments, and blocks whose content follows from their height.</summary>
internal static class TestLogs
{
    public const string Name = "Orders/7";

    /// <summary>One flush at a time: what a test steps through has one thread.</summary>
    public static LocalStoreOptions Options(string directory, FlushPolicy flush = FlushPolicy.GroupCommit) => new()
    {
        Directory = directory, Flush = flush, SegmentSize = 64 * 1024, LogBytesMax = 64 << 20, BytesMax = 64 << 20, SpareSegments = 1,
        FlushesAtOnce = 1,
    };

    /// <summary>The block after the head.</summary>
    public static Block Next(IBlockLog log, int bytesMax = 500) => Next(log.Head, Math.Max(1, log.Term), bytesMax);

    /// <inheritdoc cref="Next(IBlockLog, int)"/>
    public static Block Next(BlockPlace head, long term, int bytesMax)
    {
        var random = new Prng((ulong)head.Height);
        var payload = new byte[random.Next() % (ulong)bytesMax];
        foreach (ref var b in payload.AsSpan()) b = (byte)random.Next();
        return Block.Create(head.Height + 1, term, head.Digest, payload);
    }

    public static void Append(IBlockLog log, int count, int bytesMax = 500)
    {
        for (var i = 0; i < count; i++) log.Append(Next(log, bytesMax));
    }

    /// <summary>Fails unless the log holds what <see cref="Append"/> wrote, from its start to its head.</summary>
    public static void AssertIntact(IBlockLog log)
    {
        for (var height = log.Start.Height + 1; height <= log.Head.Height; height++)
        {
            var block = log.Read(height);
            Assert.Equal((height, log.DigestAt(height - 1), log.DigestAt(height)), (block.Height, block.Previous, block.Digest));
        }
    }

    public static string Folder(string directory) => Path.Combine(directory, "logs", "Orders%2F7");

    public static string Segment(string directory, int number) => Path.Combine(Folder(directory), $"{number:D10}.segment");

    public static void Copy(string from, string to)
    {
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
            foreach (var file in Directory.GetFiles(directory).Where(file => Path.GetFileName(file) != "lock"))
                File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    /// <summary>Turns some bits of one byte over.</summary>
    public static void Flip(string path, long offset, byte bits = 0x10)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ bits));
    }
}
